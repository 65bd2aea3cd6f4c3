import { listPage } from '@/parts/list/listPage'
import { detailOf } from '@/parts/value/links'
import { orgName } from '@/parts/org/orgs'
import { actions, create, type Admin } from './admin.actions'
import { roleNames } from './role/names'

export default listPage({
  page: 'system.admin',
  list: '/admins',
  key: 'admin_id',
  detail: true,
  columns: [
    { field: 'username', link: ({ admin_id }: Admin) => detailOf('system.admin', admin_id) },
    'real_name',
    'phone',
    { field: 'org_id', text: ({ org_id }) => orgName(org_id), width: 160 },
    { field: 'role_ids', text: ({ role_ids }) => roleNames(role_ids), width: 160 },
    'is_super',
    'has_second_factor',
    'enabled',
    'last_login_at',
  ],
  more: ['admin_id', 'last_login_ip', 'locked_until', 'must_change_password', 'created_at'],
  filters: ['org_id', 'role_id', 'username', 'phone', 'enabled'],
  actions,
  create: [create],
  mark: ({ enabled, locked_until }) =>
    !enabled || (locked_until ?? 0) * 1000 > Date.now() ? 'warning' : undefined,
})
