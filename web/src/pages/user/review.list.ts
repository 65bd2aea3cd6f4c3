import { long } from '@/parts/form/fields'
import { defineList } from '@/parts/list/listPage'

export const reviews = defineList({
  page: 'user.review',
  list: '/reviews',
  key: 'review_id',
  filters: ['station_id', 'stars_max', 'answered', 'state', 'member_id', 'from'],
  columns: [
    { field: 'stars', text: ({ stars }) => '★'.repeat(stars) + '☆'.repeat(5 - stars), width: 100 },
    { field: 'text', width: 260 },
    'tags',
    'station_id',
    'order_no',
    'member_id',
    'state',
    { field: 'reply', width: 180 },
    'created_at',
  ],
  more: ['replied_by', 'replied_at'],
  mark: ({ stars, reply }) => (stars <= 2 && !reply ? 'warning' : undefined),
  empty: ['还没有评论，会员充完电后可以评价', 'No reviews yet: members write them after a charge'],
  actions: [
    {
      operation: 'POST /reviews/{review_id}/reply',
      label: ['回复', 'Reply'],
      fields: [
        long('reply', {
          required: true,
          hint: ['公开显示，1 到 500 字', 'Everybody sees it; 1 to 500 characters'],
        }),
      ],
    },
    {
      operation: 'POST /reviews/{review_id}/hide',
      label: ['隐藏', 'Hide'],
      danger: true,
      when: ({ state }) => state === 'shown',
      consequence: () => ['只有作者自己还能看到', 'Only its writer sees it then'],
      body: () => ({ hidden: true }),
    },
    {
      operation: 'POST /reviews/{review_id}/hide',
      label: ['恢复显示', 'Show again'],
      when: ({ state }) => state === 'hidden',
      body: () => ({ hidden: false }),
    },
  ],
})
