import type { AnyRow, Operation } from '@/api/types'
import type { Field, Values } from '@/parts/form/fields'
import type { Words } from '@/words/words'

/** Something that can be done, to a thing or to none. */
export interface Action<R = AnyRow> {
  operation: Operation
  label: Words
  /** Offered only then. */
  when?: (row: R) => boolean
  /** Asked for before it is done. */
  fields?: readonly Field[] | ((row: R) => readonly Field[])
  /** What the form begins with; what the thing says, when absent. */
  initial?: (row: R) => Values
  /** Read before it is edited, so that nobody writes over what somebody else has just written. */
  load?: Operation
  /** What fills the braces of the path; the fields of the thing, when absent. */
  params?: (row: R, values: Values) => Record<string, string | number>
  /** What is sent beside, or instead of, what was typed. */
  body?: (values: Values, row: R) => unknown
  query?: (values: Values, row: R) => Record<string, string | number | boolean | undefined>
  /** What doing it means for people and money; the person has to confirm that. */
  consequence?: (row: R) => Words
  danger?: boolean
  /** A large form. */
  wide?: boolean
  /** What is said when it is done. */
  done?: (answer: unknown, row: R) => Words
  /** What the answer says has not worked, though the call has: a device that says no. */
  refusal?: (answer: unknown, row: R) => Words | undefined
  /** What else happens with the answer: a file that is kept. */
  then?: (answer: unknown, row: R) => void
  /** What takes it back, offered for a while afterwards. */
  undo?: Action<R>
  /** Values that are told for the only time: they are shown until closed. */
  shows?: readonly string[]
}
