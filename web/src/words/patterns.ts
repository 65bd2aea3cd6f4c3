/** A sentence of the server with names or numbers in it, and how it is said in Chinese. */
export type Pattern = readonly [RegExp, (...found: string[]) => string]

/** What the first pattern says that fits. */
export function matched(text: string, patterns: readonly Pattern[]): string | undefined {
  for (const [pattern, said] of patterns) {
    const found = pattern.exec(text)
    if (found) return said(...found.slice(1))
  }
  return undefined
}
