import { defineList } from '@/parts/list/listPage'
import { orgName } from '@/parts/org/orgs'
import { leaves } from '@/api/generated/leaves'
import { valueLabel } from '@/words/labels'
import { leafLabel } from '@/words/leaves'

/** What was done: a permission leaf, the id of an operation, or a deed of a session. */
function deedLabel(action: string): string {
  const label = leafLabel(leaves[action] ?? action)
  return label === action ? valueLabel('action', action) : label
}

export const audit = defineList({
  page: 'system.audit',
  list: '/audit-logs',
  key: 'id',
  columns: [
    'at',
    'actor',
    { field: 'action', text: ({ action }) => deedLabel(action), width: 220 },
    { field: 'object', width: 260 },
    'ip',
    { field: 'org_id', text: ({ org_id }) => orgName(org_id), width: 140 },
  ],
  more: ['id', 'admin_id'],
  filters: ['actor', 'action', 'object', 'ip', 'from'],
})
