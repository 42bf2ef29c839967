/** In which order the test files begin. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those that take longest, the longest first. Whatever is not named here begins after them. */
const LONG = [
  'tests/crash/power-start', 'tests/door/killed', 'tests/crash/passed', 'tests/door/moment', 'tests/door/anew', 'tests/door/start', 'tests/heals', 'tests/erased', 'tests/alone', 'tests/staff/random', 'tests/crash/power-ready', 'tests/crash/power', 'tests/crash/declined', 'tests/crash/standstill', 'tests/crash/visit', 'tests/crash/renewed', 'tests/crash/ready', 'tests/configuration', 'tests/reads', 'tests/heartbeat', 'tests/asleep', 'tests/visit', 'tests/staff/commands', 'tests/crash/visit-done', 'tests/away',
  'tests/health', 'tests/browser/production', 'tests/browser/engines', 'tests/browser/everyone', 'tests/browser/everyone-ends', 'tests/browser/everyone-staff', 'tests/browser/everyone-heard', 'tests/browser/apart', 'tests/browser/traps', 'tests/browser/lacking', 'tests/browser/office', 'tests/gone', 'tests/staff/links', 'tests/staff/passing', 'tests/browser/call',
  'tests/browser/dev', 'tests/browser/turned-away', 'tests/stalled', 'tests/earlier', 'tests/disk', 'tests/crowd', 'tests/again', 'bot/src/traffic/speed',
  'tests/calls/refused', 'tests/calls/over', 'tests/untrusted', 'synapse/src/start', 'tests/browser/opening', 'tests/browser/jitsi', 'config/src/oracle',
];

/** A long file that began late would run alone in the end. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONG.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return at < 0 ? LONG.length : at;
    };
    const group = ({ project }: TestSpecification): number => project.config.sequence.groupOrder;
    return (await super.sort(files)).toSorted((one, other) => group(one) - group(other) || rank(one) - rank(other));
  }
}
