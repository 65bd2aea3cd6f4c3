import { save } from '@/parts/save'
import { defineList } from '@/parts/list/listPage'

/** Codes that were handed out, as a file of one code a line. */
function keep(answer: unknown, batch: number): void {
  const { codes } = answer as { codes: string[] }
  save(new Blob([codes.join('\r\n')], { type: 'text/plain' }), `codes-${batch}.txt`)
}

export const batches = defineList({
  page: 'marketing.coupon',
  list: '/coupon-code-batches',
  key: 'batch_id',
  columns: [
    'batch_id',
    'note',
    'count',
    'redeemed',
    'expires_at',
    'exported_at',
    'ended_at',
    'created_by',
    'created_at',
  ],
  more: ['exported_by', 'coupon_id'],
  actions: [
    {
      operation: 'POST /coupon-code-batches/{batch_id}/export',
      label: ['导出兑换码', 'Export the codes'],
      when: ({ exported_at, ended_at }) => !exported_at && !ended_at,
      consequence: ({ count }) => [
        `${count} 个兑换码只能导出这一次，请妥善保管文件`,
        `The ${count} codes can be taken out only this once: keep the file safe`,
      ],
      then: (answer, { batch_id }) => keep(answer, batch_id),
    },
    {
      operation: 'POST /coupon-code-batches/{batch_id}/end',
      label: ['作废', 'End'],
      when: ({ ended_at }) => !ended_at,
      danger: true,
      consequence: ({ count, redeemed }) => [
        `未兑换的 ${count - redeemed} 个码立即作废，退回库存`,
        `The ${count - redeemed} codes that were not exchanged are void and go back into the stock`,
      ],
    },
  ],
  empty: ['还没有兑换码，可从上方“生成兑换码”开始', 'No codes yet: “Make codes” above makes some'],
})
