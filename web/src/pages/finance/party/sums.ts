/** What movements come to. */
export interface Sums {
  opening_fen: number
  in_fen: number
  out_fen: number
  closing_fen: number
}

/** The totals of all parties together; none where they are more than were read. */
export function sumOf({
  items,
  total,
}: {
  items: readonly Sums[]
  total: number
}): Sums | undefined {
  if (total > items.length) return undefined
  const all = (name: keyof Sums) => items.reduce((sum, row) => sum + row[name], 0)
  return {
    opening_fen: all('opening_fen'),
    in_fen: all('in_fen'),
    out_fen: all('out_fen'),
    closing_fen: all('closing_fen'),
  }
}
