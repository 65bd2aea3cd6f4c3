import { defineList } from '@/parts/list/listPage'
import { orgName } from '@/parts/org/orgs'
import { deedLabel } from '@/words/deed'

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
