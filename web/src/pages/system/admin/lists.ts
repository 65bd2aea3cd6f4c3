import { defineList } from '@/parts/list/listPage'

export const sessions = defineList({
  page: 'system.admin',
  list: '/admins/{admin_id}/sessions',
  key: 'session_id',
  columns: [
    'created_at',
    'ip',
    { field: 'user_agent', width: 260 },
    'expires_at',
    'ended_at',
    { field: 'ended_by', kind: 'tag' },
  ],
  more: ['session_id'],
  actions: [
    {
      operation: 'DELETE /admins/{admin_id}/sessions/{session_id}',
      label: ['踢下线', 'Kick'],
      when: ({ ended_at, expires_at }) => !ended_at && expires_at * 1000 > Date.now(),
      danger: true,
    },
  ],
  empty: ['从未登录过', 'It has never logged in'],
})
