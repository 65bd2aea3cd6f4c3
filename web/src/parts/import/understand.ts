import type { Words } from '@/words/words'
import { columnsOf, headingsOf, plain } from './columns'
import type { ImportDefinition, ImportRow } from './definition'

export interface Understood {
  rows: ImportRow[]
  /** Columns that mean nothing to us; they are left out. */
  unknown: string[]
}

const MISSING: Words = ['必填', 'is needed']

/** What the lines of a table mean, and what is wrong with each of their fields. */
export function understand(
  definition: ImportDefinition,
  table: readonly (readonly string[])[],
): Understood {
  const [headings = [], ...lines] = table
  const known = headingsOf(definition)
  const columns = headings.map((heading) => known.get(plain(heading)))
  const unknown = headings.filter((heading, at) => heading !== '' && !columns[at])
  const rows = lines.map((cells, at) => rowOf(definition, columns, cells, at + 2))
  for (const column of columnsOf(definition)) markRepeated(definition, column, rows)
  return { rows, unknown }
}

function rowOf(
  definition: ImportDefinition,
  columns: readonly (string | undefined)[],
  texts: readonly string[],
  line: number,
): ImportRow {
  const cells: ImportRow['cells'] = {}
  columns.forEach((column, at) => {
    if (column && texts[at]) cells[column] = texts[at]
  })
  const problems: ImportRow['problems'] = { ...definition.check?.(cells) }
  for (const column of columnsOf(definition)) {
    const { required, check } = definition.columns[column] ?? {}
    const text = cells[column]
    const problem = text === undefined ? required && MISSING : check?.(text)
    if (problem) problems[column] = problem
  }
  return { line, cells, found: {}, problems }
}

function markRepeated(
  { columns }: ImportDefinition,
  column: string,
  rows: readonly ImportRow[],
): void {
  const first = new Map<string, number>()
  for (const { cells, line, problems } of rows) {
    const counts = columns[column]?.once?.(cells[column] ?? '')
    if (!counts) continue
    const before = first.get(counts)
    if (before === undefined) first.set(counts, line)
    else problems[column] = [`与第 ${before} 行重复`, `stands in line ${before} already`]
  }
}

export const isSound = ({ problems }: ImportRow): boolean => Object.keys(problems).length === 0
