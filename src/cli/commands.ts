import type { AnyCommand } from './command.ts';
import { initCommand } from './init.ts';
import { mapPlanCommand } from './map-plan.ts';
import { mapResumeCommand } from './map-resume.ts';
import { mapRunCommand } from './map-run.ts';
import { mapCancelCommand, mapListCommand, mapShowCommand } from './map-show.ts';
import { sceneAddCommand } from './scene-add.ts';
import { sceneCheckCommand } from './scene-check.ts';
import { sceneListCommand } from './scene-list.ts';
import { sceneRemoveCommand } from './scene-remove.ts';
import { sceneShowCommand } from './scene-show.ts';

/** Every command of the program, in the order the help and the reference show them. */
export const COMMANDS: readonly AnyCommand[] = [
  initCommand,
  sceneAddCommand,
  sceneListCommand,
  sceneShowCommand,
  sceneCheckCommand,
  sceneRemoveCommand,
  mapPlanCommand,
  mapRunCommand,
  mapResumeCommand,
  mapListCommand,
  mapShowCommand,
  mapCancelCommand,
];
