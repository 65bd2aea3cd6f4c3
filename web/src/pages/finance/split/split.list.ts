import type { Row } from '@/api/types'
import { choice, MERCHANTS, own, pick, STATIONS, time } from '@/parts/form/fields'
import { defineList } from '@/parts/list/listPage'
import { detailOf } from '@/parts/value/links'
import { say } from '@/words/words'
import SplitTerms from './SplitTerms.vue'
import { FEES, told, type Terms } from './terms'

type Rule = Row<'/split-rules'>
const LINKS: Record<string, string> = { station: 'device.station', merchant: 'user.merchant' }
const inShort = ({ terms }: Rule): string => {
  const { elec, service } = terms as Partial<Terms>
  return `${say(FEES.elec)}：${told(elec)}；${say(FEES.service)}：${told(service)}`
}

export const splitRules = defineList({
  page: 'finance.split',
  list: '/split-rules',
  key: 'id',
  columns: [
    { field: 'scope', kind: 'tag' },
    {
      field: 'scope_id',
      link: ({ scope, scope_id }: Rule) =>
        LINKS[scope] && scope_id ? detailOf(LINKS[scope], scope_id) : undefined,
    },
    { field: 'terms', width: 460, text: inShort },
    'effective_at',
    'ended_at',
    'created_by',
  ],
  empty: [
    '还没有分账规则，订单收入全部归平台。先建一条“默认”规则',
    'No rules: the platform keeps everything. Begin with a “default” one',
  ],
  create: [
    {
      operation: 'POST /split-rules',
      label: ['新建规则', 'New rule'],
      wide: true,
      consequence: () => [
        '站点规则优先于商户规则，商户规则优先于默认规则；只影响生效之后完成的订单',
        'A station’s rule goes before a merchant’s, that before the default; it counts for charges that end from then on',
      ],
      fields: [
        choice('scope', ['default', 'merchant', 'station'], {
          required: true,
          initial: 'default',
        }),
        pick('merchant', MERCHANTS, {
          label: ['商户', 'Merchant'],
          required: true,
          when: ({ scope }) => scope === 'merchant',
        }),
        pick('station', STATIONS, {
          label: ['站点', 'Station'],
          required: true,
          when: ({ scope }) => scope === 'station',
        }),
        time('effective_at', { hint: ['留空：立即生效', 'Empty: at once'] }),
        own('terms', SplitTerms, { required: true, label: ['怎么分', 'Shares'] }),
      ],
      body: ({ merchant, station, ...rule }) => ({ ...rule, scope_id: merchant ?? station }),
    },
  ],
  actions: [
    {
      operation: 'DELETE /split-rules/{rule_id}',
      label: ['停用', 'Take away'],
      danger: true,
      when: ({ ended_at }) => !ended_at,
      params: ({ id }) => ({ rule_id: id }),
      consequence: ({ scope }) => [
        `之后的订单改用范围更大的规则${scope === 'default' ? '；没有默认规则时收入全归平台' : ''}`,
        `From now on the next wider rule applies${scope === 'default' ? '; without a default the platform keeps everything' : ''}`,
      ],
    },
  ],
})
