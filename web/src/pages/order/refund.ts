import { listPage } from '@/parts/list/listPage'
import { refunds } from './refund.list'

export default listPage(refunds)
