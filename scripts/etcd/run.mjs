// Runs one program to its end and gives what it printed.

import { spawn } from 'node:child_process';

/** @typedef {{ code: number | null, stdout: string, stderr: string }} RunResult */

/**
 * Resolves with the output and the exit code, whatever that is; rejects only if the program cannot be started.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string | undefined, env?: NodeJS.ProcessEnv, input?: string, timeoutMs?: number }} [options] after
 *   `timeoutMs` the program is ended by SIGTERM; its code is `null` then
 * @returns {Promise<RunResult>}
 */
export function run(program, args, { cwd, env, input, timeoutMs } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: timeoutMs,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    // A program that ends without reading its input is none of our business.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
