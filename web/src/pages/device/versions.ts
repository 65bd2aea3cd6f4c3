import type { Operation } from '@/api/types'
import type { Action } from '@/parts/act/action'
import { DEVICES, long, number, pick, station } from '@/parts/form/fields'
import type { Words } from '@/words/words'

/** A version of prices, as far as deciding on it goes. */
export interface Version {
  version: number
  state: string
  effective_at: number
  written_by: string
  review_note?: string | null
  reviewed_at?: number | null
  reviewed_by?: string | null
}

const note = (required: boolean) => long('note', { label: ['意见', 'Note'], required })

/** Submitting, approving, rejecting and retiring a version; `param` names the prices in the path. */
export function versionActions(operation: Operation, param: string, id: number): Action<Version>[] {
  const step = (
    action: string,
    label: Words,
    from: readonly string[],
    rest: Partial<Action<Version>>,
  ): Action<Version> => ({
    operation,
    label,
    when: ({ state }) => from.includes(state),
    params: ({ version }) => ({ [param]: id, version }),
    initial: () => ({}),
    body: (values) => ({ ...values, action }),
    ...rest,
  })
  return [
    step('submit', ['提交审核', 'Submit'], ['draft', 'rejected'], {
      done: () => ['已提交，等另一人审核', 'Submitted: somebody else has to approve it'],
    }),
    step('approve', ['审核通过', 'Approve'], ['submitted'], {
      consequence: ({ version, written_by }) => [
        `第 ${version} 版将按生效时间用于新订单，并下发到绑定的设备；编写人 ${written_by} 不能自己审核`,
        `Version ${version} then applies to new orders and is pushed to the devices; ${written_by}, who wrote it, cannot approve it`,
      ],
      fields: [note(false)],
    }),
    step('reject', ['驳回', 'Reject'], ['submitted'], { fields: [note(true)] }),
    step('retire', ['停用', 'Retire'], ['approved'], {
      danger: true,
      consequence: ({ version }) => [
        `第 ${version} 版不再用于新订单；进行中的订单不受影响`,
        `Version ${version} applies to no new order; running ones keep it`,
      ],
      fields: [note(false)],
    }),
  ]
}

/** Where prices apply, and where they do no more. */
export function bindingActions(operation: Operation, param: string, id: number) {
  const bind: Action = {
    operation,
    label: ['绑定', 'Bind'],
    initial: () => ({}),
    fields: [
      station({ when: ({ device_phy_id }) => !device_phy_id }),
      pick('device_phy_id', DEVICES, { when: ({ station_id }) => !station_id }),
      number('port_no', {
        min: 1,
        when: ({ device_phy_id }) => Boolean(device_phy_id),
        hint: ['不填表示整台设备', 'Empty means the whole device'],
      }),
    ],
    body: (values) => ({ ...values, [param]: id }),
    consequence: () => [
      '新订单按这里的价格计费，进行中的订单保持原价；端口优先于设备，设备优先于站点',
      'New orders pay these prices, running ones keep theirs; a port counts before its device, a device before its station',
    ],
  }
  const unbind: Action = {
    operation,
    label: ['解除', 'Unbind'],
    danger: true,
    consequence: () => [
      '解除后这里没有自己的价格，改用上一级绑定的；都没有就不能充电',
      'The next wider binding counts then; without any, nothing can be charged there',
    ],
    body: (_, { station_id, device_phy_id, port_no }) => ({
      station_id,
      device_phy_id,
      port_no,
      [param]: null,
    }),
  }
  return { bind, unbind }
}
