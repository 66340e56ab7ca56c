/** Where a long job says how far it is. `unit` is what is counted ("regions", "Mpx"). */
export interface Progress {
  start(label: string, total: number, unit: string): void;
  /** `done` of the total so far; `note` is a short text beside the bar. */
  update(done: number, note?: string): void;
  stop(): void;
}

export const silentProgress: Progress = { start() {}, update() {}, stop() {} };
