import type { paths } from './generated/schema'
import type { lists, operations } from './generated/operations'

/** An operation of the administration: `POST /orders/{order_no}/refund`. */
export type Operation = keyof typeof operations
/** A list that is turned over in pages. */
export type ListPath = keyof typeof lists

type Root = '/api/v1/admin'
type Spec<O> = O extends `${infer Method} ${infer Path}`
  ? `${Root}${Path}` extends keyof paths
    ? Lowercase<Method> extends keyof paths[`${Root}${Path}`]
      ? paths[`${Root}${Path}`][Lowercase<Method>]
      : never
    : never
  : never

/** What an operation answers. */
export type Answer<O> =
  Spec<O> extends { responses: { 200: { content: { 'application/json': { data: infer Data } } } } }
    ? Data
    : unknown

/** What an operation takes. */
export type Body<O> =
  Spec<O> extends { requestBody?: { content: { 'application/json': infer Sent } } }
    ? Sent
    : Record<string, unknown>

/** A row of a list. */
export type Row<P extends ListPath> =
  Answer<`GET ${P}`> extends { items: (infer Item)[] } ? Item : never

/** Rows whose fields are not looked at by name. */
export type AnyRow = Record<string, unknown>
