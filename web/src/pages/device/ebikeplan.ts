import { listPage } from '@/parts/list/listPage'
import { versionedColumns } from '@/parts/list/versioned'
import { text } from '@/parts/form/fields'
import { bodyOf, TERMS, USUAL } from './ebikeplan/terms'

export default listPage({
  page: 'device.ebikeplan',
  list: '/ebike-plans',
  key: 'id',
  detail: true,
  columns: [{ field: 'id', label: ['编号', 'No.'], width: 90 }, ...versionedColumns],
  create: [
    {
      operation: 'POST /ebike-plans',
      label: ['新建套餐', 'New plan'],
      wide: true,
      fields: [text('name', { required: true }), ...TERMS],
      initial: () => USUAL,
      body: bodyOf,
      done: () => [
        '已保存为草稿，请提交并由另一人审核',
        'Saved as a draft: submit it, and somebody else approves it',
      ],
    },
  ],
  empty: [
    '还没有电单车套餐，点“新建套餐”，审核通过后绑定到站点',
    'No e-bike plan yet: make one, have it approved, then bind it to a station',
  ],
})
