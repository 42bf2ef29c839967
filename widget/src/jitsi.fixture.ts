import type { JitsiApi } from './jitsi.ts';

/** Jitsi's interface, telling what a test has it tell. */
export class Jitsi implements JitsiApi {
  readonly done: string[] = [];
  readonly listeners: [string, (told: unknown) => void][] = [];
  on(event: string, listener: (told: unknown) => void): void {
    this.listeners.push([event, listener]);
  }

  executeCommand(name: string): void {
    this.done.push(name);
  }

  getIFrame(): HTMLIFrameElement {
    throw new Error('A test has no frames');
  }

  dispose(): void {
    this.done.push('dispose');
  }

  tell(event: string, told: unknown = {}): void {
    for (const [name, listener] of this.listeners) if (name === event) listener(told);
  }
}
