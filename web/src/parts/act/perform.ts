import { callFully, type Input } from '@/api/call'
import { hides } from '@/api/session'
import type { AnyRow } from '@/api/types'
import { initialOf, sentOf, type Field, type Values } from '@/parts/form/fields'
import type { Action } from './action'

/** What is asked for, but for what this account may not write. */
export function fieldsOf({ fields = [], operation }: Action, row: AnyRow): readonly Field[] {
  const all = typeof fields === 'function' ? fields(row) : fields
  return all.filter(({ name }) => !hides(operation, name))
}

/** The names in braces of an operation's path. */
export const pathNames = (operation: string): string[] =>
  [...operation.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '')

function paramsOf(action: Action, row: AnyRow, values: Values): Record<string, string | number> {
  if (action.params) return action.params(row, values)
  return Object.fromEntries(
    pathNames(action.operation).map((name) => [name, row[name] as string | number]),
  )
}

/** What a form begins with, and the state of the thing that it was read from. */
export async function begin(
  action: Action,
  row: AnyRow,
): Promise<{ values: Values; etag?: string }> {
  const fields = fieldsOf(action, row)
  if (!action.load) return { values: initialOf(fields, action.initial?.(row) ?? row) }
  const { data, etag } = await callFully(action.load, { params: paramsOf(action, row, {}) })
  const whole = { ...row, ...(data as AnyRow) }
  return { values: initialOf(fields, action.initial?.(whole) ?? whole), etag }
}

/** Does it; throws what the server refuses. */
export async function perform(
  action: Action,
  row: AnyRow,
  values: Values,
  etag?: string,
): Promise<unknown> {
  const sent = sentOf(fieldsOf(action, row), values)
  const hasBody = action.body !== undefined || Object.keys(sent).length > 0
  const input: Input = {
    params: paramsOf(action, row, values),
    query: action.query?.(values, row),
    body: hasBody ? (action.body?.(sent, row) ?? sent) : undefined,
    ifMatch: etag,
  }
  return (await callFully(action.operation, input)).data
}
