import type { Row } from '@/api/types'
import type { Action } from '@/parts/act/action'
import { org, text, time } from '@/parts/form/fields'
import { listPage } from '@/parts/list/listPage'
import { orgName } from '@/parts/org/orgs'

type Token = Row<'/screen-tokens'>

/** The address that a screen opens: the token is in it once, and leaves it at once. */
const addressFor = (token: string) => `${location.origin}/console/screen/show?token=${token}`

const make: Action = {
  operation: 'POST /screen-tokens',
  label: ['新建令牌', 'New token'],
  fields: [
    text('name', {
      required: true,
      hint: ['挂在哪里，例如“大厅左侧”', 'Where the screen hangs: “hall, left”'],
    }),
    org('org_id', {
      hint: [
        '只显示该组织及下级的数据；不选则为您所在的组织',
        'Its rows and those below; your own organisation when empty',
      ],
    }),
    text('area_code', {
      hint: [
        '只显示该区域，六位行政区划代码，例如 510100；不填则不限',
        'Of this area only, by its six digits: 510100; anywhere when empty',
      ],
    }),
    time('expires_at', {
      hint: ['不填则一直有效，直到撤销', 'When empty it is good until it is revoked'],
    }),
  ],
  consequence: () => [
    '拿到令牌的人无需登录就能看到大屏上的全部数据（手机号已脱敏），但看不到其他任何页面',
    'Whoever has the token sees all of the screen without a login, with telephones masked, and nothing else',
  ],
  then: (answer) => {
    const made = answer as { token: string; address?: string }
    made.address = addressFor(made.token)
  },
  shows: ['address'],
}

const revoke: Action<Token> = {
  operation: 'DELETE /screen-tokens/{screen_token_id}',
  label: ['撤销', 'Revoke'],
  danger: true,
  when: ({ revoked_at }) => !revoked_at,
  consequence: ({ name }) => [
    `使用“${name}”的屏幕会立即停止显示数据，撤销后不能恢复`,
    `Screens that use “${name}” go dark at once; a revoked token does not come back`,
  ],
}

export default listPage({
  page: 'screen.token',
  list: '/screen-tokens',
  key: 'screen_token_id',
  columns: [
    'name',
    { field: 'org_id', text: ({ org_id }) => orgName(org_id) },
    'area_code',
    'created_by',
    'created_at',
    'expires_at',
    'last_used_at',
    'revoked_at',
  ],
  more: ['revoked_by'],
  actions: [revoke],
  create: [make],
  mark: ({ revoked_at }) => (revoked_at ? 'warning' : undefined),
  empty: [
    '还没有令牌。为每块屏幕建一个，丢失时可以单独撤销',
    'No token yet: make one for each screen, so that each can be revoked alone',
  ],
})
