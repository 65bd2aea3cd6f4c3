import { defineList } from '@/parts/list/listPage'
import { detailOf } from '@/parts/value/links'
import { complaintActions, faultActions } from './feedback.actions'

export const complaints = defineList({
  page: 'user.feedback',
  list: '/complaints',
  key: 'complaint_id',
  filters: ['state', 'type', 'station_id', 'member_id', 'from', 'order_no', 'handler'],
  detail: ({ complaint_id }) => detailOf('user.feedback', `complaint-${complaint_id}`),
  columns: [
    { field: 'complaint_id', kind: 'text', width: 80 },
    'state',
    'type',
    'order_no',
    { field: 'text', width: 260 },
    'member_id',
    'station_id',
    'handler',
    'created_at',
    'replied_at',
  ],
  more: ['reply', 'updated_at'],
  actions: complaintActions,
  empty: ['没有投诉', 'Nobody has complained'],
  mark: ({ state }) => (state === 'new' ? 'warning' : undefined),
})

export const faultReports = defineList({
  page: 'user.feedback',
  list: '/fault-reports',
  key: 'fault_id',
  filters: [
    'state',
    'level',
    'type',
    'station_id',
    'overdue',
    'phy_id',
    'member_id',
    'from',
    'assignee',
  ],
  detail: ({ fault_id }) => detailOf('user.feedback', `fault-${fault_id}`),
  columns: [
    { field: 'fault_id', kind: 'text', width: 80 },
    'state',
    'level',
    'type',
    'phy_id',
    'port_no',
    { field: 'text', width: 240 },
    'station_id',
    'assignee',
    'due_at',
    'created_at',
  ],
  more: ['member_id', 'reply', 'replied_by', 'replied_at'],
  actions: faultActions,
  empty: ['没有故障申报', 'Nobody has reported a fault'],
  mark: ({ state, due_at }) =>
    state !== 'verified' && due_at * 1000 < Date.now() ? 'danger' : undefined,
})
