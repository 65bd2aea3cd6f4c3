import { listPage } from '@/parts/list/listPage'
import { merchantActions } from './merchant.actions'
import { addOrg } from './org/actions'
import { ORG_FILTERS, orgColumns } from './org/columns'

export default listPage({
  page: 'user.merchant',
  list: '/merchants',
  key: 'org_id',
  detail: true,
  filters: ORG_FILTERS,
  ...orgColumns('merchant'),
  create: [addOrg('merchant')],
  actions: merchantActions,
  empty: [
    '还没有商户，点“新建”添加，再到站点里把它设为业主',
    'No merchants yet: add one, then make it the owner of a station',
  ],
})
