// An event simulation of a run on a cluster, fed with costs that were measured. Pure: numbers in, numbers out.

/** Of a share of a map's assembly, as the program has it by default; of one that slots take which have nothing else to do. */
export const SHARE_MEGAPIXELS = 256;
const LEAST_SHARE_MEGAPIXELS = 64;
const MOST_SHARES = 64;
/** Along a region's border the predictions of each chip are kept, and compared with those of its neighbour. */
export const STRIP_PIXELS = 512;
/** Shares that run side by side compose the overviews of so many regions each, and take those of the others. */
const OVERVIEW_REGIONS = 16;
/** A worker compresses so many blocks at the same time, each on a core. */
const POOL_THREADS = 4;
/** Regions that are short share a Spark task of so many seconds, of fewer at the end (see SparkJobs). */
const TASK_SECONDS = 3;
const LEAST_TASK_SECONDS = 0.5;
const MOST_REGIONS = 512;
const CORE_SLICE_SECONDS = 0.02;
/** Tasks that are with Spark and not yet answered, for each slot; a job has one for each slot, and is answered at its end. */
const AHEAD = 3;
/** Regions of a task that a worker has at once: one is computed, and the next read or the last written. */
const AT_ONCE = 2;
/** Of the moments at which regions are finished, in their order: between these a run is steady, here and where it is measured. */
export const STEADY = [0.3, 0.9];

/** Events in order of time; equal times in order of arrival, so that a simulation is repeatable. */
function createAgenda() {
  const heap = [];
  let count = 0;
  return {
    add(time, act) {
      const entry = { time, order: count++, act };
      let at = heap.push(entry) - 1;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (!before(entry, heap[parent])) break;
        heap[at] = heap[parent];
        at = parent;
      }
      heap[at] = entry;
    },
    take() {
      const first = heap[0];
      const last = heap.pop();
      if (heap.length > 0) sink(heap, last);
      return first;
    },
  };
}

/** Puts an entry in the place of the first, which is gone. */
function sink(heap, entry) {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child += 1;
    if (!before(heap[child], entry)) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = entry;
}

const before = (a, b) => a.time < b.time || (a.time === b.time && a.order < b.order);

/**
 * So many equal servers and one queue, first come first served: `use` calls `then(time)` once one has worked for `seconds`,
 * or for up to `contention` times as long where the others are at work, too (cores share caches, memory, and each other).
 * Work of more than a slice queues again after each, as an operating system shares its cores.
 */
function createServers(count, agenda, { contention = 1, slice = Infinity } = {}) {
  let free = count;
  let waiting = [];
  let head = 0;
  const servers = { busySeconds: 0, use: inSlices(slice, use) };

  function use(now, seconds, then) {
    if (free === 0) {
      waiting.push([seconds, then]);
      return;
    }
    free -= 1;
    const others = count > 1 ? (count - free - 1) / (count - 1) : 0;
    const taken = seconds * (1 + (contention - 1) * others);
    servers.busySeconds += taken;
    agenda.add(now + taken, (time) => {
      free += 1;
      const next = waiting[head];
      if (next !== undefined) {
        head += 1;
        if (head > 4096 && head * 2 > waiting.length) [waiting, head] = [waiting.slice(head), 0];
        use(time, ...next);
      }
      then(time);
    });
  }
  return servers;
}

/** As `use`, but that work of more than a slice queues again after each. */
function inSlices(slice, use) {
  const sliced = (now, seconds, then) => {
    if (seconds > slice) use(now, slice, (time) => sliced(time, seconds - slice, then));
    else use(now, seconds, then);
  };
  return sliced;
}

/** A worker's one thread, on one of these cores at a time: `use` as of servers, and as fair. */
function createThread(cores) {
  const waiting = [];
  let busy = false;
  const go = (now, seconds, then) => {
    busy = true;
    cores.use(now, seconds, (time) => {
      const next = waiting.shift();
      busy = next !== undefined;
      if (busy) go(time, ...next);
      then(time);
    });
  };
  const use = (now, seconds, then) => {
    if (seconds === 0) then(now);
    else if (busy) waiting.push([seconds, then]);
    else go(now, seconds, then);
  };
  return { use: inSlices(CORE_SLICE_SECONDS, use) };
}

/**
 * @param cluster hosts, each with devicesPerHost devices, coresPerHost cores; slotsPerDevice workers share a device;
 *   deviceMegapixelsPerSecond of network input; storageBytesPerSecond of all hosts together (Infinity: no limit).
 * @param costs seconds: sessionStart, slotStart (a slot's first task), engineTask and engineAssembly (a slot waits for each
 *   Spark task before it, of regions and of assembly);
 *   of a core: readMegapixel, encodeMegapixel (encodeSerialShare of it on one core, the rest on POOL_THREADS beside it),
 *   regionCore, deviceBatchCore (before each batch: a row of chips); of the executors beside the slot engineTaskCore and
 *   engineRegionCore (a Spark task's, a region's); of the driver, where it is on the first host (else 0), engineJobCore (of
 *   a Spark job: a task for each slot, or all of an assembly) and engineDriverCore (of a region); contention (see
 *   createServers);
 *   of assembly: publishMegapixel (in shares of shareMegapixels), for each of the scene's regions publishPart (of each share)
 *   and composePart (of all shares together; publishSerialShare of both on one core), seamStrip (of all shares together, for
 *   each STRIP_PIXELS of a region's border);
 *   of the coordinator: outcome, and sealScene after several shares.
 *   bytesPerPixel read, overlap (pixels computed / kept), rowsPerRegion (chip rows; the next is read while one computes).
 * @param scenes megapixels of each, in the order in which they are mapped; regionMegapixels.
 * @returns seconds (session included), computeSeconds (from the moment the session is there), deviceUse (share of that time).
 */
export function simulate({ cluster, costs, scenes, regionMegapixels }) {
  const agenda = createAgenda();
  const devices = cluster.hosts * cluster.devicesPerHost;
  const deviceServers = Array.from({ length: devices }, () => createServers(1, agenda));
  const coreServers = Array.from({ length: cluster.hosts }, () =>
    createServers(cluster.coresPerHost, agenda, { contention: costs.contention, slice: CORE_SLICE_SECONDS }),
  );
  const storage = createServers(1, agenda);
  const coordinator = createServers(1, agenda);
  const start = costs.sessionStart;
  const regions = regionsOf(scenes, regionMegapixels);
  const left = new Float64Array(scenes.length);
  for (const scene of regions.scene) left[scene] += 1;
  let next = 0;
  let end = start;
  const finished = [];

  /** What Spark has, in the order in which it came: tasks of regions, and of assemblies; and slots that have nothing to do. */
  const sent = [];
  let unanswered = 0;
  const idle = [];
  const slots = devices * cluster.slotsPerDevice;
  const parts = scenes.map((megapixels) => Math.ceil(megapixels / regionMegapixels));
  const strips = (4 * Math.sqrt(regionMegapixels * 1e6)) / STRIP_PIXELS;
  /** Of each scene: tasks of its assembly that are not done, and whether a seal is to follow them. */
  const assemblies = [];
  let open = regions.count;
  let assemblySeconds = 0;

  const outcome = (now, scene) =>
    coordinator.use(now, costs.outcome, (time) => {
      end = Math.max(end, time);
      left[scene] -= 1;
      open -= 1;
      if (left[scene] > 0) return;
      const seams = costs.seamStrip * strips * parts[scene];
      const shares = sharesOf(scenes[scene], costs, slots - open);
      const composers = Math.min(shares, Math.ceil(parts[scene] / OVERVIEW_REGIONS));
      const composed = (costs.publishPart + costs.composePart / composers) * parts[scene];
      const dealt = (costs.publishMegapixel * scenes[scene] + seams) / shares;
      const pool = composed * (1 - costs.publishSerialShare);
      const tasks = Array.from({ length: shares }, () => ({ seconds: composed - pool + dealt, pool }));
      open += tasks.length;
      assemblies[scene] = { open: tasks.length, seal: shares > 1 };
      work(time, coreServers[0], costs.engineJobCore);
      sent.push(...tasks.map((task) => ({ assembly: { scene, ...task } })));
      wake(time);
    });

  const assemble = (now, slot, { scene, seconds, pool }) => {
    assemblySeconds += seconds + pool;
    const done = (time) => {
      end = Math.max(end, time);
      open -= 1;
      const assembly = assemblies[scene];
      assembly.open -= 1;
      if (assembly.open === 0 && assembly.seal)
        coordinator.use(time, costs.sealScene, (sealed) => {
          end = Math.max(end, sealed);
        });
      serve(time, slot);
    };
    work(now, coresOf(slot), costs.engineTaskCore);
    agenda.add(now + costs.engineAssembly, (time) => withPool(slot, time, { seconds, pool }, done));
  };

  const hostOf = ({ device }) => Math.floor(device / cluster.devicesPerHost);
  const coresOf = (slot) => coreServers[hostOf(slot)];
  /** Work of a slot's worker: on its one thread, and what a pool can do beside it. */
  const withPool = (slot, time, { seconds, pool }, then) => {
    const threads = pool > 0 ? POOL_THREADS : 0;
    let under = 1 + threads;
    const ended = (done) => {
      under -= 1;
      if (under === 0) then(done);
    };
    slot.thread.use(time, seconds, ended);
    for (let thread = 0; thread < threads; thread += 1) coresOf(slot).use(time, pool / threads, ended);
  };
  const dealer = createDealer(slots);

  /** Cores that work beside a slot, which does not wait for them. */
  const work = (now, cores, seconds) => {
    if (seconds > 0) cores.use(now, seconds, () => undefined);
  };
  /** Jobs of regions go to Spark while few are ahead. */
  const send = (now) => {
    while (next < regions.count && unanswered < AHEAD * slots) {
      const size = dealer.size(regions.count - next);
      const job = { open: 0, tasks: 0, seconds: 0, scenes: [] };
      for (; job.tasks < slots && next < regions.count; job.tasks += 1) {
        const end = Math.min(regions.count, next + size);
        sent.push({ job, next, end });
        next = end;
      }
      job.open = job.tasks;
      unanswered += job.tasks;
      work(now, coreServers[0], costs.engineJobCore);
    }
    wake(now);
  };

  const wake = (now) => {
    while (sent.length > 0 && idle.length > 0) serve(now, idle.pop());
  };

  /** A slot without a task gets the one that was sent first. */
  const serve = (now, slot) => {
    const task = sent.shift();
    if (task === undefined) {
      idle.push(slot);
    } else if (task.assembly !== undefined) {
      assemble(now, slot, task.assembly);
    } else {
      // How long regions take is counted in the slot, without what the engine does before.
      const since = now + costs.engineTask;
      Object.assign(slot, task, { out: 0, room: true, since });
      work(now, coresOf(slot), costs.engineTaskCore);
      agenda.add(since, (time) => goOn(time, slot));
    }
  };

  /** The next region of a slot's task, where its worker has room for it; another task after the last. */
  const goOn = (now, slot) => {
    if (slot.next < slot.end && slot.out < AT_ONCE && (slot.room || slot.out === 0)) {
      slot.out += 1;
      slot.room = false;
      map(now, slot, slot.next++);
    } else if (slot.next === slot.end && slot.out === 0) {
      const { job } = slot;
      job.seconds += now - slot.since;
      job.open -= 1;
      if (job.open === 0) answer(now, job);
      serve(now, slot);
    }
  };

  /** A job has ended: the coordinator hears of its regions, and sends another. */
  const answer = (now, job) => {
    unanswered -= job.tasks;
    dealer.told(job.seconds / job.scenes.length);
    for (const scene of job.scenes) outcome(now, scene);
    send(now);
  };

  const map = (start, slot, at) => {
    const [megapixels, scene] = [regions.megapixels[at], regions.scene[at]];
    const cores = coresOf(slot);
    work(start, cores, costs.engineRegionCore);
    work(start, coreServers[0], costs.engineDriverCore);
    const rows = costs.rowsPerRegion;
    const row = megapixels / rows;
    const compute = deviceServers[slot.device];
    const read = (time, then) =>
      storage.use(time, (row * 1e6 * costs.bytesPerPixel) / cluster.storageBytesPerSecond, (fetched) =>
        slot.thread.use(fetched, row * costs.readMegapixel, then),
      );
    // Row by row: a row is computed when it is read and the row before it is computed.
    let readUpTo = 0;
    let computed = 0;
    let computing = false;
    const step = (time) => {
      if (computing || computed >= readUpTo) return;
      computing = true;
      slot.thread.use(time, costs.deviceBatchCore, (asked) =>
        compute.use(asked, (row * costs.overlap) / cluster.deviceMegapixelsPerSecond, (done) => {
          computing = false;
          computed += 1;
          if (computed < rows) step(done);
          else encode(done);
        }),
      );
      if (readUpTo < rows) readNext(time);
      if (computed < rows - 1) return;
      slot.room = true;
      goOn(time, slot);
    };
    const readNext = (time) =>
      read(time, (done) => {
        readUpTo += 1;
        step(done);
      });
    const encode = (time) => {
      const seconds = megapixels * costs.encodeMegapixel;
      const pool = seconds * (1 - costs.encodeSerialShare);
      const ended = (done) => {
        finished.push(done);
        slot.job.scenes.push(scene);
        slot.out -= 1;
        goOn(done, slot);
      };
      withPool(slot, time, { seconds: seconds - pool + costs.regionCore, pool }, ended);
    };
    readNext(start);
  };

  for (let device = 0; device < devices; device++) {
    for (let slot = 0; slot < cluster.slotsPerDevice; slot++)
      agenda.add(start + costs.slotStart, (time) =>
        serve(time, { device, thread: createThread(coresOf({ device })) }),
      );
  }
  agenda.add(start, send);
  for (let event = agenda.take(); event !== undefined; event = agenda.take()) event.act(event.time);
  const computeSeconds = end - start;
  finished.sort((a, b) => a - b);
  const at = (share) => finished[Math.floor(share * finished.length)] ?? 0;
  const busy = deviceServers.reduce((sum, { busySeconds }) => sum + busySeconds, 0);
  return {
    seconds: end,
    computeSeconds,
    /** Between the moments of STEADY. */
    steadySeconds: at(STEADY[1]) - at(STEADY[0]),
    deviceUse: busy / (devices * computeSeconds),
    assemblySeconds,
    coordinatorBusySeconds: coordinator.busySeconds,
  };
}

/** How many regions a Spark task gets, from how long they take (see SparkJobs). */
function createDealer(slots) {
  let secondsPerRegion = null;
  const lasting = (seconds) =>
    secondsPerRegion === null ? 1 : Math.floor(seconds / Math.max(1e-3, secondsPerRegion));
  return {
    told(seconds) {
      secondsPerRegion = ((secondsPerRegion ?? seconds) + seconds) / 2;
    },
    size(left) {
      const fair = Math.max(Math.ceil(left / (3 * slots)), lasting(LEAST_TASK_SECONDS));
      return Math.max(1, Math.min(lasting(TASK_SECONDS), fair, MOST_REGIONS));
    },
  };
}

/** Large maps are put together by several slots, each a share of so many megapixels at most; by more where they are idle. */
const sharesOf = (megapixels, { shareMegapixels }, idle) =>
  Math.min(
    MOST_SHARES,
    Math.max(
      1,
      Math.ceil(megapixels / shareMegapixels),
      Math.min(idle, Math.ceil(megapixels / LEAST_SHARE_MEGAPIXELS)),
    ),
  );

/** Regions of all scenes: their megapixels and scene, the last of each scene what is left. */
function regionsOf(scenes, regionMegapixels) {
  const count = scenes.reduce((sum, megapixels) => sum + Math.ceil(megapixels / regionMegapixels), 0);
  const [megapixels, scene] = [new Float64Array(count), new Int32Array(count)];
  let at = 0;
  scenes.forEach((whole, index) => {
    for (let left = whole; left > 1e-9; left -= regionMegapixels) {
      megapixels[at] = Math.min(regionMegapixels, left);
      scene[at++] = index;
    }
  });
  return { count: at, megapixels, scene };
}
