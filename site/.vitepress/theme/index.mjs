import DefaultTheme from 'vitepress/theme';
import Diagram from './diagram.vue';

/** VitePress asks for a default export. */
export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component('Diagram', Diagram);
  },
};
