import { mayCall } from '@/api/session'
import type { AnyRow } from '@/api/types'
import { shallowRef } from 'vue'
import type { Action } from './action'

export interface Running {
  action: Action
  row: AnyRow
  after?: (answer: unknown) => void
}

/** What is being asked or done now: there is one dialog for all pages. */
export const running = shallowRef<Running>()

/** Asks what has to be asked, does it, and tells `after`. */
export function act<R>(action: Action<R>, row: R, after?: (answer: unknown) => void): void {
  running.value = { action: action as Action, row: (row ?? {}) as AnyRow, after }
}

/** The actions that this account may do to a thing. */
export function possible<R>(actions: readonly Action<R>[] | undefined, row: R): Action<R>[] {
  return (actions ?? []).filter(({ operation, when }) => mayCall(operation) && (!when || when(row)))
}
