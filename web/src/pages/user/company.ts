import { listPage } from '@/parts/list/listPage'
import { companyActions } from './company.actions'
import { addOrg } from './org/actions'
import { ORG_FILTERS, orgColumns } from './org/columns'

export default listPage({
  page: 'user.company',
  list: '/companies',
  key: 'org_id',
  detail: true,
  filters: ORG_FILTERS,
  ...orgColumns('company'),
  create: [addOrg('company')],
  actions: companyActions,
  empty: [
    '还没有公司账户。新建后登记到账或授信，再导入成员',
    'No companies yet: add one, note what it pays or its credit, then import its people',
  ],
})
