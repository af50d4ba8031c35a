/** So many calls, a few hundred at a time. */
export async function atOnce<T>(count: number, call: (index: number) => Promise<T>): Promise<T[]> {
  const answers: T[] = [];
  const width = 256;
  for (let start = 0; start < count; start += width) {
    const some = Math.min(width, count - start);
    answers.push(...(await Promise.all(Array.from({ length: some }, (_, i) => call(start + i)))));
  }
  return answers;
}
