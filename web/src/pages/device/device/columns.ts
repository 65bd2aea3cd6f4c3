import type { Row } from '@/api/types'
import { countsText } from '../counts'

type Device = Row<'/devices'>

/** The columns of devices, wherever they are listed. */
export const deviceColumns = {
  columns: [
    'device_phy_id',
    'name',
    { field: 'station_name', width: 170 },
    'online',
    'status',
    'protocol',
    'model',
    'firmware',
    {
      field: 'ports',
      label: ['端口', 'Ports'],
      width: 150,
      text: ({ ports }: Device) => countsText(ports),
    },
    { field: 'tariff_synced', label: ['电价同步', 'Prices in sync'] },
    'last_seen_at',
  ],
  more: [
    'ip',
    { field: 'rssi', label: ['信号强度', 'Signal'] },
    { field: 'tariff_model_no', label: ['计费模型号', 'Number of its prices'], kind: 'code' },
    'port_count',
    'created_at',
  ],
} as const
