import { hides } from '@/api/session'
import { fields } from '@/words/fields'
import { say, type Words } from '@/words/words'
import type { ImportDefinition } from './definition'

/** The columns that this account may write, in their order. */
export const columnsOf = ({ columns, operation }: ImportDefinition): string[] =>
  Object.keys(columns).filter((name) => !hides(operation, columns[name]?.field ?? name))

const wordsOf = ({ columns }: ImportDefinition, name: string): Words =>
  columns[name]?.label ?? fields[name] ?? [name, name]

export const columnLabel = (definition: ImportDefinition, name: string): string =>
  say(wordsOf(definition, name))

/** Headings that differ in their looks only are the same. */
export const plain = (heading: string): string =>
  heading.toLowerCase().replace(/[\s*]/g, '').replace(/（/g, '(').replace(/）/g, ')')

/** The column that a heading means, in either language. */
export const headingsOf = (definition: ImportDefinition): Map<string, string> =>
  new Map(
    columnsOf(definition).flatMap((name) =>
      [name, ...wordsOf(definition, name), ...(definition.columns[name]?.also ?? [])].map(
        (heading) => [plain(heading), name] as const,
      ),
    ),
  )
