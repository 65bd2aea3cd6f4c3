import { operations } from '@/api/generated/operations'
import type { Operation } from '@/api/types'
import type { Action } from '@/parts/act/action'

/** An action by an operation that older servers do not have: none where it is missing. */
export function offered(
  operation: string,
  action: (known: Operation) => Action,
): readonly Action[] {
  return operation in operations ? [action(operation as Operation)] : []
}
