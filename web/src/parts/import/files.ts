import { say } from '@/words/words'
import { columnLabel, columnsOf } from './columns'
import type { ImportDefinition, Result } from './definition'
import { csvLine } from './sheet'

/** With the mark that lets spreadsheets see UTF-8. */
const csv = (rows: readonly (readonly string[])[]) =>
  new Blob([`\uFEFF${rows.map(csvLine).join('\r\n')}\r\n`], { type: 'text/csv' })

/** What there is to fill in; what is needed has a star, which headings may have. */
export function templateOf(definition: ImportDefinition): Blob {
  const names = columnsOf(definition)
  const headings = names.map(
    (name) => columnLabel(definition, name) + (definition.columns[name]?.required ? ' *' : ''),
  )
  const examples = names.map((name) => {
    const { example = '' } = definition.columns[name] ?? {}
    return typeof example === 'string' ? example : say(example)
  })
  return csv([headings, examples])
}

/** What was refused and why, to be mended and imported again. */
export function refusedOf(definition: ImportDefinition, results: readonly Result[]): Blob {
  const names = columnsOf(definition)
  const headings = names.map((name) => columnLabel(definition, name))
  const rows = results.map(({ row, trouble = '' }) => [
    ...names.map((name) => row.cells[name] ?? ''),
    trouble,
  ])
  return csv([[...headings, say(['失败原因', 'Trouble'])], ...rows])
}
