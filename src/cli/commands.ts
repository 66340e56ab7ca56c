import type { AnyCommand } from './command.ts';
import { appCreateCommand } from './app-create.ts';
import { appListCommand, appShowCommand } from './app-show.ts';
import { doctorCommand } from './doctor.ts';
import { galleryAddCommand } from './gallery-add.ts';
import { galleryBuildCommand } from './gallery-build.ts';
import { gallerySearchCommand } from './gallery-search.ts';
import { galleryShowCommand } from './gallery-show.ts';
import { gallerySuggestCommand } from './gallery-suggest.ts';
import { gpuListCommand } from './gpu-list.ts';
import { initCommand } from './init.ts';
import { keyCreateCommand, keyListCommand, keyRevokeCommand } from './key-commands.ts';
import { labelAddCommand } from './label-add.ts';
import { labelListCommand, labelRemoveCommand } from './label-list.ts';
import { mapEvaluateCommand } from './map-evaluate.ts';
import { mapExplainCommand } from './map-explain.ts';
import { mapPlanCommand } from './map-plan.ts';
import { mapResumeCommand } from './map-resume.ts';
import { mapRunCommand } from './map-run.ts';
import { mapCancelCommand } from './map-cancel.ts';
import { mapListCommand, mapShowCommand } from './map-show.ts';
import { mapVectorizeCommand } from './map-vectorize.ts';
import { modelImportCommand } from './model-import.ts';
import { modelListCommand } from './model-list.ts';
import { modelShowCommand } from './model-show.ts';
import { modelTrainCommand } from './model-train.ts';
import { sceneAddCommand } from './scene-add.ts';
import { sceneCheckCommand } from './scene-check.ts';
import { sceneListCommand } from './scene-list.ts';
import { sceneRemoveCommand } from './scene-remove.ts';
import { sceneShowCommand } from './scene-show.ts';
import { serveCommand } from './serve.ts';
import { splitMakeCommand } from './split-make.ts';

/** Every command of the program, in the order the help and the reference show them. */
export const COMMANDS: readonly AnyCommand[] = [
  initCommand,
  sceneAddCommand,
  sceneListCommand,
  sceneShowCommand,
  sceneCheckCommand,
  sceneRemoveCommand,
  galleryBuildCommand,
  galleryAddCommand,
  gallerySearchCommand,
  galleryShowCommand,
  gallerySuggestCommand,
  modelImportCommand,
  appCreateCommand,
  appListCommand,
  appShowCommand,
  labelAddCommand,
  labelListCommand,
  labelRemoveCommand,
  splitMakeCommand,
  modelTrainCommand,
  modelListCommand,
  modelShowCommand,
  mapPlanCommand,
  mapRunCommand,
  mapResumeCommand,
  mapListCommand,
  mapShowCommand,
  mapCancelCommand,
  mapEvaluateCommand,
  mapExplainCommand,
  mapVectorizeCommand,
  serveCommand,
  keyCreateCommand,
  keyListCommand,
  keyRevokeCommand,
  gpuListCommand,
  doctorCommand,
];
