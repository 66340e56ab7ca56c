import { processPlace, isSameProcess } from '../core/process-identity.ts';
import { deskChain, type DeskState, type Holder } from './desk-state.ts';

/** The desk as it is; nothing is written, also where there is none. */
export const readDesk = (folder: string): DeskState => deskChain(folder).read().value;

/** Whether a holder can be seen to be gone: a process of this host that is not there any more. Others are ended by their lease. */
export const isGone = ({ place, pid, started }: Holder): boolean =>
  place === processPlace() && !isSameProcess(pid, started);
