import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { LEFT_OUT } from '../support/left-out-in-memory.js';

it.each(Object.entries(LEFT_OUT))(
  'the tests of %s that are left out in memory are there',
  async (file, reasons) => {
    const text = await readFile(new URL(file, import.meta.url), 'utf8');
    expect(Object.keys(reasons).filter((name) => !text.includes(name))).toEqual([]);
  },
);
