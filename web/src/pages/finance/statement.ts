import type { Row } from '@/api/types'
import { AGENTS, MERCHANTS, pick, text, choice } from '@/parts/form/fields'
import { listPage } from '@/parts/list/listPage'
import { money } from '@/parts/value/format'
import { detailOf } from '@/parts/value/links'

type Statement = Row<'/statements'>

export default listPage({
  page: 'finance.statement',
  list: '/statements',
  key: 'statement_id',
  filters: ['month', 'org_type', 'state', 'org_id'],
  columns: [
    'month',
    {
      field: 'party',
      link: ({ org_type, org_id }: Statement) => detailOf(`user.${org_type}`, org_id),
    },
    { field: 'org_type', kind: 'tag' },
    'state',
    'opening_fen',
    'orders',
    'earned_fen',
    'refunded_fen',
    'withdrawn_fen',
    'other_fen',
    'closing_fen',
    'confirmed_by',
  ],
  more: ['created_at', 'generated_by', 'confirmed_at'],
  empty: [
    '没有结算单。每月自动生成，也可手工为已结束的月份生成',
    'No statements. They are made each month, or by hand for a month that is over',
  ],
  create: [
    {
      operation: 'POST /statements',
      label: ['生成结算单', 'Make a statement'],
      fields: [
        choice('of', ['agent', 'merchant'], {
          required: true,
          initial: 'merchant',
          label: ['对象', 'For'],
        }),
        pick('agent', AGENTS, {
          required: true,
          label: ['代理商', 'Agent'],
          when: ({ of }) => of === 'agent',
        }),
        pick('merchant', MERCHANTS, {
          required: true,
          label: ['商户', 'Merchant'],
          when: ({ of }) => of === 'merchant',
        }),
        text('month', {
          required: true,
          hint: ['已结束的月份，如 2026-10', 'A month that is over, such as 2026-10'],
        }),
      ],
      body: ({ agent, merchant, month }) => ({ org_id: agent ?? merchant, month }),
    },
  ],
  actions: [
    {
      operation: 'POST /statements/{statement_id}/confirm',
      label: ['确认', 'Agree'],
      when: ({ state }) => state === 'generated',
      consequence: ({ month, earned_fen, closing_fen }) => [
        `确认 ${month}：收入 ${money(earned_fen)}，期末 ${money(closing_fen)}。确认后不能更改，只有本组织的人能确认。`,
        `${month}: earned ${money(earned_fen)}, held ${money(closing_fen)} afterwards. It stands then; only the party’s own people can agree.`,
      ],
    },
  ],
})
