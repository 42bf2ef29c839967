/** What processes take, as the kernel counts it (proc(5)). */
import { readFileSync } from 'node:fs';

/** The kernel's unit of processor time, in milliseconds: 100 a second on every Linux that Node runs on. */
const TICK = 10;

/** Resident memory in MB. */
export function memoryOf(pid: number): number {
  return statusOf(pid, 'VmRSS');
}

/** The most of it so far, in MB. */
export function mostMemoryOf(pid: number): number {
  return statusOf(pid, 'VmHWM');
}

function statusOf(pid: number, name: string): number {
  const line = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'mu').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(line) / 1024;
}

/** Processor time so far, its own and the system's for it, in milliseconds. */
export function processorOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is a name, and may hold anything.
  const [user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(11, 13);
  return (Number(user) + Number(system)) * TICK;
}

/** Processor time that the whole machine has used so far, in milliseconds. */
export function processorOfAll(): number {
  const fields = /^cpu +(.+)$/mu.exec(readFileSync('/proc/stat', 'utf8'))?.[1]?.split(' ').map(Number) ?? [];
  // User, nice, system, idle, waiting for disks, interrupts of two kinds.
  const [user = NaN, nice = NaN, system = NaN, , , hard = NaN, soft = NaN] = fields;
  return (user + nice + system + hard + soft) * TICK;
}
