import { listPage } from '@/parts/list/listPage'
import { agentActions } from './agent.actions'
import { addOrg } from './org/actions'
import { ORG_FILTERS, orgColumns } from './org/columns'

export default listPage({
  page: 'user.agent',
  list: '/agents',
  key: 'org_id',
  detail: true,
  filters: ORG_FILTERS,
  ...orgColumns('agent'),
  create: [addOrg('agent')],
  actions: agentActions,
  empty: ['还没有代理商，点“新建”添加', 'No agents yet: add one'],
})
