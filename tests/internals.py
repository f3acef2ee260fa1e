"""The private and undocumented parts of libraries that this project stands on, and what for.

A new version of a library may change these without a word; ``test_internals.py`` says whether they
are there, and whether what is used is listed.
"""

from __future__ import annotations

from dataclasses import dataclass

STRATEGIES = "tuning_core/strategies/"
OWN = "tuning_core/own_models/"
ORACLE = "keras_tuner.src.engine.oracle:Oracle"
H11 = "uvicorn.protocols.http.h11_impl"
APP = "pages/components/app/"
WATCHING = "tuning_core/watching/"


@dataclass(frozen=True)
class Internal:
    """Names of one owner (a module, or a class after a colon), their users, and what for."""

    owner: str
    names: str
    users: str
    why: str


INTERNALS = (
    # Streamlit
    Internal("streamlit.config", "_config_options_template", "server.py", "settings by variable"),
    Internal(
        "streamlit.config_option:ConfigOption",
        "env_var sensitive multiple type",
        "server.py",
        "a setting's variable and its type: `streamlit run` reads them, our server has to",
    ),
    Internal(
        "streamlit.config",
        "is_manually_set",
        f"pages/components/shared/user.py {APP}trusted_hosts.py",
        "what the operator has set differs from what is so by default",
    ),
    Internal("streamlit.web.bootstrap", "load_config_options", "server.py", "settings, before use"),
    Internal("streamlit.logger", "get_logger", "server.py", "two loggers that complain at start"),
    Internal(
        "streamlit.web.server.starlette.starlette_server",
        "_get_uvicorn_config_kwargs",
        f"{APP}connections.py",
        "the only way to give uvicorn a protocol and limits",
    ),
    Internal(
        "streamlit.web.server.starlette.starlette_websocket",
        "WEBSOCKET_MAX_SEND_QUEUE_SIZE",
        f"{APP}connections.py",
        "where more messages wait, Streamlit stops sending without a word",
    ),
    Internal(
        "streamlit.runtime.forward_msg_queue:ForwardMsgQueue",
        "clear _delta_index_map",
        f"{APP}connections.py",
        "no message of a fragment is dropped",
    ),
    Internal(
        "streamlit.runtime.runtime_util",
        "get_max_widget_state_size_bytes",
        f"{APP}connections.py",
        "the longest message that Streamlit would take",
    ),
    Internal(
        "streamlit.proto.BackMsg_pb2:BackMsg",
        "rerun_script stop_script app_heartbeat file_urls_request backend_operation_request",
        f"{APP}client_messages.py",
        "the messages that a page needs; the others are dropped",
    ),
    Internal(
        "streamlit.runtime.runtime:Runtime",
        "get_app_session is_active_session _session_mgr uploaded_file_mgr",
        f"{APP}upload_limits.py pages/components/shared/user.py",
        "which sessions are open, and what files they hold",
    ),
    Internal(
        "streamlit.runtime.app_session:AppSession",
        "_user_info",
        f"{APP}upload_limits.py",
        "whether the session that uploads has logged in",
    ),
    Internal(
        "streamlit.runtime.websocket_session_manager:WebsocketSessionManager",
        "_session_storage list_sessions",
        f"{APP}upload_limits.py",
        "sessions that left are let go in time, not when the next one leaves",
    ),
    Internal(
        "streamlit.runtime.memory_session_storage:MemorySessionStorage",
        "_cache",
        f"{APP}upload_limits.py",
        "as above: the cache that expires",
    ),
    Internal(
        "streamlit.runtime.memory_uploaded_file_manager:MemoryUploadedFileManager",
        "file_storage remove_session_files",
        f"{APP}upload_limits.py",
        "bytes in memory by session",
    ),
    Internal(
        "streamlit.runtime.scriptrunner",
        "get_script_run_ctx",
        "pages/components/shared/user.py pages/components/shared/uploads.py",
        "the id of the session that a page is drawn for",
    ),
    Internal(
        "streamlit.runtime.secrets:Secrets",
        "load_if_toml_exists",
        "pages/components/shared/user.py",
        "whether there are secrets, without an error where there are none",
    ),
    Internal(
        "streamlit.auth_util",
        "is_authlib_installed validate_auth_credentials",
        "pages/components/shared/user.py",
        "a login that cannot work is said at the start, not at the first click",
    ),
    Internal(
        "streamlit.dataframe_util",
        "convert_pandas_df_to_arrow_bytes",
        "pages/components/shared/chart_place.py",
        "a chart's data is made into bytes once, not at every run",
    ),
    Internal(
        "streamlit.runtime.uploaded_file_manager",
        "UploadedFile",
        "pages/components/shared/uploads.py",
        "the type of what the uploader gives",
    ),
    Internal(
        "streamlit.delta_generator",
        "DeltaGenerator",
        "pages/components/new_study/own_table.py",
        "the type of a place on a page",
    ),
    # uvicorn
    Internal(
        f"{H11}:H11Protocol",
        "connection_made connection_lost handle_events on_response_complete connections cycle loop "
        "handle_websocket_upgrade transport",
        f"{APP}connections.py",
        "a connection that asks for nothing is closed",
    ),
    Internal(
        f"{H11}:RequestResponseCycle",
        "response_complete",
        f"{APP}connections.py",
        "a connection between two requests is silent",
    ),
    # Keras Tuner
    Internal(
        ORACLE,
        "_duplicate _tried_so_far _random_values _compute_values_hash",
        " ".join(
            f"{STRATEGIES}{name}.py"
            for name in (
                *("bayesian", "coarse_to_fine", "grid", "hyperband", "manual", "one_at_a_time"),
                *("optuna_oracle", "random_search", "replayable_oracle"),
            )
        ),
        "a configuration is not proposed twice, also where the space is nearly used up",
    ),
    Internal(
        ORACLE,
        "_save_trial _check_consecutive_failures _record_values",
        f"{STRATEGIES}replayable_oracle.py",
        "trials are in the journal: none is saved, none ends the search, values are noted once",
    ),
    Internal(
        ORACLE,
        "_retry_queue _run_times ongoing_trials start_order end_order",
        f"{STRATEGIES}replayable_oracle.py {STRATEGIES}rounds.py",
        "an oracle is rebuilt from recorded trials",
    ),
    Internal(
        "keras_tuner.engine.base_tuner:BaseTuner",
        "_try_run_and_update_trial",
        "tuning_core/worker/search/lane_search.py",
        "what came of a trial that a lane has trained is taken in as that of any trial",
    ),
    Internal(
        "keras_tuner.src.tuners.gridsearch:GridSearchOracle",
        "_populate_next",
        f"{STRATEGIES}grid.py",
        "the grid is walked by our own order",
    ),
    Internal(
        "keras_tuner.src.tuners.hyperband:HyperbandOracle",
        "_brackets _current_bracket _current_iteration _get_epochs _get_size "
        "_increment_bracket_num _remove_completed_brackets _start_new_bracket",
        f"{STRATEGIES}hyperband.py",
        "brackets are rebuilt by replaying, and trials of other ranges stay outside",
    ),
    Internal(
        "keras_tuner.src.tuners.bayesian:BayesianOptimizationOracle",
        "alpha beta num_initial_points",
        f"{STRATEGIES}bayesian.py",
        "its settings",
    ),
    Internal(
        "keras_tuner.src.engine.hyperparameters.hyperparameters:HyperParameters",
        "_hps _space _register",
        f"{STRATEGIES}hyperparameters.py",
        "a space of our own kinds is copied as such",
    ),
    Internal(
        "keras_tuner.src.engine.hyperparameters.hyperparameters:HyperParameters",
        "_hps _retrieve active_scopes inactive_scopes ensure_active_values",
        f"{OWN}declaring.py",
        "a name that is declared again is noticed; each build begins anew",
    ),
    Internal(
        "keras.src.backend.common.global_state",
        "set_global_attribute",
        f"{OWN}loading.py {OWN}execution.py",
        "layers and metrics of every model are named alike, without clear_session; seeds",
    ),
    Internal(
        "keras.src.random.seed_generator",
        "GLOBAL_SEED_GENERATOR",
        f"{OWN}execution.py",
        "seeds as set_random_seed sets them, but TensorFlow's, which costs every kept graph",
    ),
    Internal("keras.src.utils.rng_utils", "GLOBAL_RANDOM_SEED", f"{OWN}execution.py", "the same"),
    Internal(
        "keras.src.trainers.trainer:Trainer",
        "_compile_config",
        f"{OWN}compiled.py",
        "losses and metrics as they were given, for what their configurations leave out",
    ),
    Internal(
        "keras.src.losses.losses:LossFunctionWrapper",
        "_fn_kwargs",
        f"{OWN}compiled.py",
        "as above: delta of Huber, axis of CosineSimilarity; of metrics as well",
    ),
    Internal(
        "tensorflow.python.framework.func_graph",
        "FuncGraph dismantle_func_graph",
        f"{OWN}memory.py",
        "a graph that nothing can call any more is freed; Python's collector cannot see it",
    ),
    Internal(
        "tensorflow.python.framework.ops",
        "SymbolicTensor gradient_registry",
        f"{OWN}memory.py",
        "gradients of graphs that are gone are registered for good, and hold them",
    ),
    Internal(
        "tensorflow.python.framework.registry:Registry", "_registry", f"{OWN}memory.py", "the same"
    ),
    Internal(
        "tensorflow.python.eager.polymorphic_function.concrete_function",
        "ConcreteFunction",
        f"{OWN}memory.py",
        "which graphs can still be called",
    ),
    Internal(
        "tensorflow.python.eager.context",
        "context",
        f"{OWN}memory.py",
        "what is prepared of functions that are gone",
    ),
    Internal(
        "keras_tuner.src.engine.hyperparameters.hp_types.choice_hp:Choice",
        "_values",
        f"{STRATEGIES}hyperparameters.py",
        "choices keep their types",
    ),
    Internal(
        "keras_tuner.src.engine.conditions:Parent",
        "is_active name values",
        f"{STRATEGIES}hyperparameters.py",
        "a condition of ours on another hyperparameter",
    ),
    # Optuna
    Internal(
        "optuna.samplers:TPESampler",
        "_build_parzen_estimator _compute_acquisition_func",
        f"{STRATEGIES}tpe.py",
        "what the sampler weighed is remembered, to explain a trial",
    ),
    Internal(
        "optuna.samplers._tpe.parzen_estimator:_ParzenEstimator",
        "_mixture_distribution _search_space",
        f"{STRATEGIES}tpe.py",
        "its density along one hyperparameter",
    ),
    Internal("optuna.trial:FrozenTrial", "_params", f"{STRATEGIES}evolution.py", "no copy of each"),
    Internal(
        "optuna.samplers:NSGAIISampler",
        "get_trial_generation get_parent_population population_size",
        f"{STRATEGIES}evolution.py",
        "which generation a trial is of, and who its parents may be",
    ),
    Internal(
        "optuna.study:Study", "_study_id", "tuning_core/study_export/optuna.py", "rows at once"
    ),
    Internal(
        "optuna.distributions:BaseDistribution",
        "_contains",
        "tuning_core/study_export/optuna.py",
        "whether a value would be refused",
    ),
    # Searches that are watched
    Internal(
        "keras_tuner.src.tuners.hyperband:HyperbandOracle",
        "_get_num_brackets _get_num_rounds _get_size",
        f"{WATCHING}attempt.py",
        "how many trials its brackets have, which it says nowhere",
    ),
    Internal(
        "keras_tuner.src.engine.tuner:Tuner",
        "_build_and_fit_model",
        f"{WATCHING}tuner.py",
        "where one training of a trial begins and ends",
    ),
    Internal(
        "keras_tuner.src.engine.tuner_utils",
        "TunerCallback",
        f"{WATCHING}tuner.py",
        "whether a training tells the tuner of its epochs",
    ),
    Internal(
        "optuna.study:Study",
        "_storage _study_id _thread_local",
        f"{WATCHING}optuna_study.py",
        "all that happens to a trial passes through the storage; the flag says when a loop ends",
    ),
    Internal("optuna.trial:FrozenTrial", "_trial_id", f"{WATCHING}optuna_study.py", "as above"),
    Internal(
        "optuna.study._optimize",
        "_optimize _run_trial",
        f"{WATCHING}optuna_study.py",
        "the frames in which the exception of a failed trial, or of the whole, is found",
    ),
    Internal("optuna.study._tell", "_tell_with_warning", f"{WATCHING}optuna_study.py", "as above"),
    Internal(
        "optuna.storages._cached_storage:_CachedStorage",
        "_backend",
        f"{WATCHING}optuna_study.py",
        "where a storage is, to know it again in the next process",
    ),
    Internal(
        "optuna.storages.journal:JournalFileBackend",
        "_file_path",
        f"{WATCHING}optuna_study.py",
        "as above",
    ),
    # Keras and TensorFlow
    Internal(
        "keras.src.backend.common.variables:Variable",
        "_value",
        "tuning_core/training/compiled/open_shapes.py",
        "one traced function serves models of every width",
    ),
    Internal(
        "keras.layers:Conv2D",
        "_kernel",
        "tuning_core/training/compiled/traced_layers.py",
        "the variable itself: `kernel` would compare shapes that are open",
    ),
    Internal(
        "tensorflow.python.client.device_lib",
        "list_local_devices",
        "tuning_core/training/rows.py",
        "a GPU's free memory, its driver's name",
    ),
    # Python
    Internal(
        "zipfile",
        "_EndRecData _ECD_SIZE",
        "tuning_core/files.py",
        "a table of contents of a million entries is refused unread",
    ),
)

MODULES = {
    "streamlit.config": "options, which st.get_option reads too",
    "streamlit.errors": "errors of a login",
    "streamlit.runtime": "whether there is a server at all, and which",
    "keras_tuner.engine.base_tuner": "BaseTuner, which the documentation names otherwise",
    "keras_tuner.engine.hyperparameters": "kinds of hyperparameters, to derive from",
    "keras_tuner.engine.metrics_tracking": "the direction of a metric, as Keras Tuner infers it",
    "keras_tuner.engine.trial": "Trial and its states",
    "keras_tuner.src.engine.objective": "Objective, which is public elsewhere",
}
"""Modules that are imported for names which are documented, if elsewhere."""
