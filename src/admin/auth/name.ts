import { hide, invalidArgument } from '../../errors/index.js';
import { isWellFormed } from '../../internal/bytes.js';

/**
 * Checks the name of a user or a role.
 *
 * @throws InvalidArgumentError naming the argument
 */
export function checkName(argument: string, name: string): void {
  if (typeof name === 'string' && name !== '' && isWellFormed(name)) return;
  throw invalidArgument(argument, name, 'a name, which is a string of whole characters, not empty');
}

/**
 * Checks a password. An empty one is refused, though servers take it: anybody could guess it.
 *
 * @throws InvalidArgumentError, which never shows what was given
 */
export function checkPassword(password: string): void {
  if (typeof password === 'string' && password !== '' && isWellFormed(password)) return;
  throw invalidArgument(
    'password',
    hide(password),
    'a string of whole characters that is not empty; addWithoutPassword adds users who sign in by certificate',
  );
}
