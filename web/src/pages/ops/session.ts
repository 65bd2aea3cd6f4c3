import type { Row } from '@/api/types'
import type { Action } from '@/parts/act/action'
import { listPage } from '@/parts/list/listPage'
import { detailOf } from '@/parts/value/links'

type Session = Row<'/ops/sessions'>

const kick: Action<Session> = {
  operation: 'DELETE /ops/sessions/{phy_id}',
  label: ['踢下线', 'Disconnect'],
  danger: true,
  params: ({ device_phy_id }) => ({ phy_id: device_phy_id }),
  consequence: ({ device_phy_id, pending_commands }) => [
    `断开 ${device_phy_id} 的连接（同一主机下的设备一起断开），${pending_commands} 条待发指令留在队列；设备通常会自行重连，充电不会停止`,
    `The connection of ${device_phy_id}, and of devices behind the same host, is closed; ${pending_commands} commands stay in the queue. Devices usually connect again; charges go on`,
  ],
}

export default listPage({
  page: 'ops.session',
  list: '/ops/sessions',
  key: 'device_phy_id',
  detail: ({ device_phy_id }) => detailOf('device.device', device_phy_id),
  live: ['devices'],
  columns: [
    'device_phy_id',
    { field: 'station_name', width: 180 },
    'protocol',
    'ip',
    'node',
    { field: 'since', label: ['连接时间', 'Connected at'] },
    'last_seen_at',
    { field: 'frames_in', label: ['收到帧', 'Frames in'] },
    { field: 'frames_out', label: ['发出帧', 'Frames out'] },
    { field: 'pending_commands', label: ['待发指令', 'Commands waiting'] },
  ],
  more: [
    { field: 'device_name', label: ['设备名称', 'Device name'] },
    { field: 'remote_port', label: ['远端端口', 'Remote port'], kind: 'text' },
    { field: 'connection', label: ['连接号', 'Connection'], kind: 'text' },
    { field: 'bytes_in', kind: 'bytes', label: ['收到流量', 'Bytes in'] },
    { field: 'bytes_out', kind: 'bytes', label: ['发出流量', 'Bytes out'] },
  ],
  filters: ['phy_id', 'station_id', 'protocol', 'ip'],
  actions: [kick],
  empty: [
    '没有设备在线。检查设备的服务器地址与网络，陌生设备在“通讯日志 → 陌生连接”里',
    'No device is connected: look at their server address and network; strangers are in the communication log',
  ],
})
