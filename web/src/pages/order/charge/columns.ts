import type { Column } from '@/parts/list/definition'
import { detailOf } from '@/parts/value/links'
import { modeText } from '../modes'
import { flagText, type Order } from './flags'

type Columns = readonly ((keyof Order & string) | Column<Order>)[]

/** What lists of orders show at first, and what one may choose to see. */
export const orderColumns: { columns: Columns; more: Columns } = {
  columns: [
    { field: 'order_no', width: 172 },
    { field: 'status', width: 90 },
    { field: 'abnormal', label: ['标记', 'Flags'], text: flagText, width: 92 },
    { field: 'source', width: 116 },
    { field: 'member_phone', width: 130 },
    { field: 'station', width: 140 },
    { field: 'device_phy_id', kind: 'code', width: 150 },
    { field: 'port_no', width: 76 },
    { field: 'start_time', kind: 'time', width: 184 },
    { field: 'duration_sec', width: 108 },
    'total_kwh',
    'payable_fen',
    'pay_status',
    { field: 'end_reason', kind: 'tag' },
  ],
  more: [
    'created_at',
    { field: 'end_time', kind: 'time' },
    { field: 'charge_mode', text: modeText },
    { field: 'amount', kind: 'money', label: ['预付金额', 'Prepaid'] },
    'final_amount_fen',
    'elec_fen',
    'service_fen',
    'occupancy_fen',
    'discount_fen',
    'paid_cash_fen',
    'paid_gift_fen',
    'refund_fen',
    'refunded_fen',
    'pay_mode',
    'settle_status',
    'company',
    'owner',
    { field: 'current_power', kind: 'power' },
    { field: 'peak_power', kind: 'power' },
    { field: 'soc', text: ({ soc }) => (soc === null || soc === undefined ? '–' : `${soc} %`) },
    {
      field: 'tariff',
      text: ({ tariff }) => tariff?.name ?? '–',
      link: ({ tariff }: Order) => (tariff ? detailOf('device.tariff', tariff.id) : undefined),
    },
    { field: 'plan', text: ({ plan }) => plan?.name ?? '–' },
    'card_no',
    'vin',
    'trade_no',
    'member_ref',
  ],
}
