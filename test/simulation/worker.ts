// A process that plays stories: it is sent their options, and sends back how each ended.

import type { FromWorker, ToWorker } from './player.js';
import { playStory } from './simulate.js';

const send = (message: FromWorker): void => {
  process.send?.(message);
};

process.on('message', ({ story, tells }: ToWorker) => {
  const tell = tells ? (line: string) => send({ line }) : undefined;
  void playStory({ ...story, tell }).then((outcome) => send({ outcome }));
});
