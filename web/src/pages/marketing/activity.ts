import { listPage } from '@/parts/list/listPage'
import { say } from '@/words/words'
import { actions, create } from './activity.actions'
import { cutText, type Cut } from './activity/cut'

export default listPage({
  page: 'marketing.activity',
  list: '/activities',
  key: 'activity_id',
  columns: [
    'name',
    { field: 'cut', text: ({ cut }) => cutText(cut as unknown as Cut), width: 230 },
    'state',
    'funded_by',
    {
      field: 'stations',
      text: ({ stations }) =>
        stations?.length
          ? say([`${stations.length} 个站点`, `${stations.length} stations`])
          : say(['全部站点', 'All stations']),
    },
    'valid_from',
    'valid_until',
    'priority',
  ],
  more: ['published_at', 'closed_at', 'created_by', 'created_at'],
  actions,
  create: [create],
  empty: [
    '还没有活动：新建一个草稿，发布后自动生效',
    'No activities yet: make a draft, it applies when published',
  ],
})
