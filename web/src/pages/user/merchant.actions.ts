import type { Action } from '@/parts/act/action'
import { own, time } from '@/parts/form/fields'
import SplitTerms from '../finance/split/SplitTerms.vue'
import { orgActions, type Org } from './org/actions'

export const merchantActions: readonly Action<Org>[] = [
  ...orgActions('merchant'),
  {
    operation: 'POST /merchants/{org_id}/split',
    label: ['设置分账', 'Set shares'],
    wide: true,
    consequence: ({ name, stations }) => [
      `${name}${stations ? `（${stations} 个站点）` : ''}之后完成的订单按新比例分账；有单独规则的站点不变`,
      `Charges of ${name}${stations ? ` (${stations} stations)` : ''} that end from then on are shared so; stations with a rule of their own keep it`,
    ],
    initial: () => ({}),
    fields: [
      time('effective_at', { hint: ['留空：立即生效', 'Empty: at once'] }),
      own('terms', SplitTerms, { required: true, label: ['怎么分', 'Shares'] }),
    ],
  },
]
