import { listPage } from '@/parts/list/listPage'
import { vehicles } from './vehicle.list'

export default listPage(vehicles)
