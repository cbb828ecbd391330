/** A part of the benchmark, which is plain JavaScript: what it exports, as the test knows it. */
export async function part<T>(name: string): Promise<T> {
  return (await import(new URL(`../../bench/${name}.js`, import.meta.url).href)) as T;
}
