import type { Row } from '@/api/types'
import type { Action } from '@/parts/act/action'
import { org, text } from '@/parts/form/fields'

export type Role = Pick<Row<'/roles'>, 'role_id' | 'name' | 'code' | 'org_id'>

export const actions: readonly Action<Role>[] = [
  {
    operation: 'POST /roles/{role_id}/copy',
    label: ['复制', 'Copy'],
    fields: [text('name', { required: true }), text('code', { required: true }), org('org_id')],
    initial: ({ name, code, org_id }) => ({ name: `${name} 2`, code: `${code}_2`, org_id }),
  },
  {
    operation: 'DELETE /roles/{role_id}',
    label: ['删除', 'Delete'],
    danger: true,
    consequence: ({ name }) => [
      `角色“${name}”将被删除，不能恢复；仍有人使用时会被拒绝`,
      `The role “${name}” is gone for good; refused while somebody has it`,
    ],
  },
]
