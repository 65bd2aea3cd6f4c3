import type { ImportColumn, ImportDefinition, ImportRow } from './definition'
import { spread } from './spread'

/** Finds what rows name; each thing is asked for once. */
export async function lookUp(
  { columns }: ImportDefinition,
  rows: readonly ImportRow[],
): Promise<void> {
  for (const [name, column] of Object.entries(columns)) await lookUpColumn(name, column, rows)
}

async function lookUpColumn(
  name: string,
  { finds }: ImportColumn,
  rows: readonly ImportRow[],
): Promise<void> {
  if (!finds) return
  const byText = new Map<string, ImportRow[]>()
  for (const row of rows) {
    const text = row.cells[name]
    if (!text || row.problems[name]) continue
    const naming = byText.get(text)
    if (naming) naming.push(row)
    else byText.set(text, [row])
  }
  await spread([...byText], async ([text, naming]) => {
    const found = await finds.find(text)
    for (const row of naming) {
      if (found === undefined) row.problems[name] = finds.none
      else row.found[name] = found
    }
  })
}
