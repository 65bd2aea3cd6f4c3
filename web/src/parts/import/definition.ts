import type { Operation } from '@/api/types'
import type { Words } from '@/words/words'

/** What is wrong with a text, if anything is. */
export type Check = (text: string) => Words | undefined

/** Things of the server that a file names by what people know of them. */
export interface Lookup {
  find: (text: string) => Promise<number | undefined>
  /** What is said where there is no such thing. */
  none: Words
}

export interface ImportColumn {
  /** What the template calls it; the label of the field of its name, when absent. */
  label?: Words
  /** Other headings that mean it; its name and its label always do. */
  also?: readonly string[]
  /** The field that is written from it, where that has another name. */
  field?: string
  required?: boolean
  /** What the template has there. */
  example?: Words | string
  check?: Check
  finds?: Lookup
  /** What counts of a text that stands in a file once; nothing: it may stand there again. */
  once?: (text: string) => string | undefined
}

export type Cells<C extends string> = Partial<Record<C, string>>
export type Problems<C extends string> = Partial<Record<C, Words>>

/** A line of a file, as it would be written. */
export interface ImportRow<C extends string = string> {
  /** Its line in the file, 1 for the heading. */
  line: number
  cells: Cells<C>
  /** The rows of the server that cells stand for. */
  found: Partial<Record<C, number>>
  problems: Problems<C>
}

export interface Result<C extends string = string> {
  row: ImportRow<C>
  /** What the server refused, if it did. */
  trouble?: string
}

export type Write<C extends string> = (
  rows: readonly ImportRow<C>[],
  tell: (result: Result<C>) => void,
) => Promise<void>

/** What a spreadsheet may be turned into. */
export interface ImportDefinition<C extends string = string> {
  title: Words
  hint: Words
  /** Counts such things in Chinese: 台, 张. */
  counter: string
  /** What files are called that are downloaded. */
  file: string
  /** Who may call it imports; its fields that an account may not write are no columns. */
  operation: Operation
  /** The leaf that is needed besides. */
  leaf?: string
  columns: Record<C, ImportColumn>
  /** The column that rows are known by. */
  key: C
  /** What is wrong with fields beside each other. */
  check?: (cells: Cells<C>) => Problems<C>
  write: Write<C>
}

/** Checks a definition's columns against what it does with them. */
export const defineImport = <C extends string>(definition: ImportDefinition<C>) =>
  definition as unknown as ImportDefinition
