import { leaves } from '@/api/generated/leaves'
import { valueLabel } from './labels'
import { leafLabel } from './leaves'

/** What somebody did: a permission leaf, the id of an operation, or a deed of a session. */
export function deedLabel(action: string): string {
  const label = leafLabel(leaves[action] ?? action)
  return label === action ? valueLabel('action', action) : label
}
